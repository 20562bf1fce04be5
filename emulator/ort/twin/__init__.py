"""The twin check: a run predicted in virtual time, beside the same run for real."""
