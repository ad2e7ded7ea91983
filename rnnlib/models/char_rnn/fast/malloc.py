"""Memory that a process keeps: what is freed is not handed back, only to be asked for again."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # the C library's names for what is set


def keep_memory() -> None:
    """Let the C library keep what is freed, and not return it after every step to ask for it again.

    It pays where a program does little but train one wide model: each step there asks for the same
    large arrays, and every page of them costs anew, up to a quarter of the step. It holds for the
    whole process and cannot be taken back, and the process may hold a gigabyte more, so it is for
    the program to call, as the command line and the benchmarks do; no model does. Known to glibc
    alone; elsewhere nothing happens.
    """
    if platform.libc_ver()[0] == "glibc":
        c_library = ctypes.CDLL(None)
        c_library.mallopt(M_MMAP_MAX, 0)
        c_library.mallopt(M_TRIM_THRESHOLD, 2**30)
