"""Tests of rnnlib.checkup: sound models of both frameworks, and models with one bug each."""
