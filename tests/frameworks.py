"""What every notebook waits for when it starts, imported once where kernels are forked from."""

import gc
import os

os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as a kernel does

talk = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorFlow greets, whatever it is asked
import ipykernel.kernelapp  # noqa: E402, F401
import keras  # noqa: E402, F401
import matplotlib.pyplot  # noqa: E402, F401
import torch  # noqa: E402, F401

os.dup2(talk, 2)
gc.freeze()  # those that are forked share these pages
