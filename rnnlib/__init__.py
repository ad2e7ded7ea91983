"""A character-level RNN in NumPy, Keras and PyTorch: the code behind the book *Hidden State*."""
