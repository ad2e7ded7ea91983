"""Other right and wrong answers to the exercises of chapter 8."""

RIGHT = {}
WRONG = {}
