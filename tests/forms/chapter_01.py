"""Other right and wrong answers to the exercises of chapter 1."""

RIGHT = {}
WRONG = {}
