"""Extensions of Sphinx, each a file: what it does to a page stands in its first sentence."""
