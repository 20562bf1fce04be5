"""What the application does for keys that only a live run has, and for those of a replay."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rtgen_tui.dialogs import Dialogs
    from rtgen_tui.monitor import Monitor


class Deck(Protocol):
    """The application, as its actions need it."""

    @property
    def monitor(self) -> "Monitor":
        """The run on screen."""

    @property
    def dialogs(self) -> "Dialogs":
        """What asks the user."""

    def start_comparison(self, path: str) -> "Awaitable[None]":
        """Replay a second session beside the one on screen."""

    def draw_now(self) -> "Awaitable[None]":
        """Draw a frame without waiting for the frame clock."""

    def switch_mode(self, mode: str) -> "Awaitable[None]":
        """Open a view."""

    @property
    def selected_stream(self) -> str:
        """The name of the stream that the view points at; empty where it points at none."""


class LiveActions:
    """Policies, streams, recordings and new runs."""

    async def action_swap_policy(self: Deck, position: int) -> None:
        await self.monitor.live.swap_number(position)

    async def action_previous_policy(self: Deck) -> None:
        await self.monitor.live.swap_back()

    def action_pick_policy(self: Deck) -> None:
        self.dialogs.pick_policy()

    async def action_what_if(self: Deck) -> None:
        await self.monitor.live.toggle_what_if()

    async def action_add_stream(self: Deck) -> None:
        await self.dialogs.add_stream()

    async def action_new_stream(self: Deck) -> None:
        await self.dialogs.new_stream()

    async def action_edit_stream(self: Deck) -> None:
        if self.selected_stream:
            await self.dialogs.edit_stream(self.selected_stream)

    async def action_save_scenario(self: Deck) -> None:
        await self.dialogs.save_scenario()

    async def action_stop_stream(self: Deck) -> None:
        if self.selected_stream:
            await self.monitor.send({"t": "stop-stream", "stream": self.selected_stream})

    async def action_pick_scenario(self: Deck) -> None:
        await self.dialogs.pick_scenario()

    async def action_pick_profile(self: Deck) -> None:
        await self.dialogs.pick_profile()

    def action_ask_seed(self: Deck) -> None:
        self.dialogs.ask_seed()

    def action_mark(self: Deck) -> None:
        self.dialogs.mark()

    async def action_record(self: Deck) -> None:
        self.monitor.recordings.forget_problem()
        await self.monitor.live.record()

    async def action_save_flight(self: Deck) -> None:
        await self.monitor.live.save_flight()

    async def action_freeze(self: Deck) -> None:
        self.monitor.freeze()
        await self.draw_now()

    async def action_pause_engine(self: Deck) -> None:
        await self.monitor.live.pause()


class ReplayActions:
    """Places on the tape."""

    async def action_play(self: Deck) -> None:
        await self.monitor.replay.play()

    async def action_seek_back(self: Deck) -> None:
        await self.monitor.replay.seek_by(-5)

    async def action_seek_forward(self: Deck) -> None:
        await self.monitor.replay.seek_by(5)

    async def action_seek_far_back(self: Deck) -> None:
        await self.monitor.replay.seek_by(-30)

    async def action_seek_far_forward(self: Deck) -> None:
        await self.monitor.replay.seek_by(30)

    async def action_step_back(self: Deck) -> None:
        await self.monitor.replay.step_back()

    async def action_tape_start(self: Deck) -> None:
        await self.monitor.replay.to_start()

    async def action_tape_end(self: Deck) -> None:
        await self.monitor.replay.to_end()

    async def action_seek_next_incident(self: Deck) -> None:
        await self.monitor.replay.incident(1)

    async def action_seek_previous_incident(self: Deck) -> None:
        await self.monitor.replay.incident(-1)

    async def action_follow_edge(self: Deck) -> None:
        await self.monitor.replay.follow_edge()

    async def action_compare(self: Deck) -> None:
        await self.dialogs.pick_session()

    async def action_show_compare(self: Deck) -> None:
        if self.monitor.beside is None:
            await self.dialogs.pick_session()
        else:
            await self.switch_mode("compare")

    def action_go_to_time(self: Deck) -> None:
        self.dialogs.go_to_time()
