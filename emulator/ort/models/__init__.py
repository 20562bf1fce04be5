"""Models that really run: authored here with random weights, from packages, or a user's own."""
