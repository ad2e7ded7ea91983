"""The recurrent models: NumPy, Keras and PyTorch, read in parallel."""
