"""What the site adds to the words: extensions, lab, search, styles, drawings and paper."""
