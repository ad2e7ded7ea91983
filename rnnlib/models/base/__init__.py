"""What the models of an engine share, whatever they compute: their weights and one update."""
