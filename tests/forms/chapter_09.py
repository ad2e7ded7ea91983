"""Other right and wrong answers to the exercises of chapter 9."""

RIGHT = {}
WRONG = {}
