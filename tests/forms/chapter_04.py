"""Other right and wrong answers to the exercises of chapter 4."""

RIGHT = {}
WRONG = {}
