"""Other right and wrong answers to the exercises of chapter 6."""

RIGHT = {}
WRONG = {}
