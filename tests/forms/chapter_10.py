"""Other right and wrong answers to the exercises of chapter 10."""

RIGHT = {}
WRONG = {}
