"""The views, their dialogs, and what they share."""
