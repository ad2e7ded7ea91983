"""Connectionist temporal classification: labels in order, whose times nobody has written down."""

from rnnlib.models.ctc.config import ListenerConfig as ListenerConfig
from rnnlib.models.engines import build as build
