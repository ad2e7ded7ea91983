"""`python -m website.spreadsheet`: the spreadsheet to go, in `_build/to_go`."""

from tools.plain import ROOT
from website.spreadsheet.workbook import FILE, write

write(FILE)
print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size / 1e3:.0f} kB")
