"""Other right and wrong answers to the exercises of chapter 5."""

RIGHT = {}
WRONG = {}
