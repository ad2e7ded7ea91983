"""The spreadsheet to go: a cell reads four letters and learns, in formulas that are live."""
