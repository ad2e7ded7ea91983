"""An examination of any recurrent model of Keras or PyTorch: what is wrong, in sentences."""

from rnnlib.probing.checkup.examine import checkup
from rnnlib.probing.checkup.report import Finding, Report

__all__ = ["Finding", "Report", "checkup"]
