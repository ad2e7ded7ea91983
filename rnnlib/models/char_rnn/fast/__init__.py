"""The same numbers, sooner: models for wide layers on a processor, with a way back of their own."""

WIDE = 128  # hidden units from which on they are faster
