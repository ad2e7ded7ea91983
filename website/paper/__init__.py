"""The book on paper and in a reader: a PDF and an EPUB, made of the pages of the built site."""
