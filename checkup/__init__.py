"""An examination of any recurrent model of Keras or PyTorch: what is wrong, in sentences."""

from checkup.examine import checkup
from checkup.report import Finding, Report

__all__ = ["Finding", "Report", "checkup"]
