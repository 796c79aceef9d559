"""The small application of `tests.noticeboard`."""

from tests.noticeboard import ask, board, callers, configure, standing_board

__all__ = ["ask", "board", "callers", "configure", "standing_board"]
