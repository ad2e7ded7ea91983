"""The same numbers, sooner: training of wide layers with a way back of their own."""
