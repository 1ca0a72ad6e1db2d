"""What the numbers mean: pure functions, frame in, frame out."""
