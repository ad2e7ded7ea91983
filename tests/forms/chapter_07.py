"""Other right and wrong answers to the exercises of chapter 7."""

RIGHT = {}
WRONG = {}
