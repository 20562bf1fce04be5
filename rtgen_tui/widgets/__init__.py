"""Hand-made widgets of the dashboard: Textual's own cost too much ten times a second."""
