"""Long runs whose results are stored, and shown in the chapters."""
