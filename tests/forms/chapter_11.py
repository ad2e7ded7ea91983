"""Other right and wrong answers to the exercises of chapter 11."""

RIGHT = {}
WRONG = {}
