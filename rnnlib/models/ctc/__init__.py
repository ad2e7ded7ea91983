"""Connectionist temporal classification: labels in order, whose times nobody has written down."""
