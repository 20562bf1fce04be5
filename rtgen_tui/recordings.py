"""What was recorded while the screen was open: paths to tell, and a problem that stays in view."""

from rtgen_tui.session import Recording


class Recordings:
    """Follows the recording of the core, and remembers where everything went."""

    def __init__(self) -> None:
        self.problem = ""
        """Why a recording cannot be written, or was not whole in the end."""
        self.paths: list[str] = []
        """All files that were written, oldest first, the open one included."""
        self._news: list[str] = []

    def follow(self, recording: Recording | None) -> None:
        """Take in what the core says of the recording now."""
        if recording is not None:
            self._remember(recording.path)
            self.problem = recording.problem

    def saved(self, path: str) -> None:
        """A file was closed."""
        self._remember(path)
        self._news.append(path)

    def forget_problem(self) -> None:
        """The user knows."""
        self.problem = ""

    def news(self) -> list[str]:
        """Paths of the files that were closed since the last call."""
        news, self._news = self._news, []
        return news

    def _remember(self, path: str) -> None:
        if path not in self.paths:
            self.paths.append(path)
