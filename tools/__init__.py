"""What is run and is no test: execute the notebooks, serve the site, kill and resume, mutants."""
