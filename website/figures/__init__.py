"""Figures as vectors in the colours of the page, for a desk and for a phone."""
