"""Questions asked of many runs: comparisons, feasibility, fairness, published scores."""
