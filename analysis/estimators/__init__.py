"""One estimator family a file: outcomes table in, list of Estimate out."""
