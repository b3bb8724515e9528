"""How each kind of model plans what the machine plays."""

from typing import Any

from live.planning.barwise import BarPlanner
from live.planning.notewise import NotePlanner
from live.planning.planner import LONGEST_NOTE, Mine, Planned, Planner

PLANNERS: dict[str, Any] = {"notes": NotePlanner, "roll": BarPlanner}  # by a model's kind

__all__ = ["LONGEST_NOTE", "PLANNERS", "BarPlanner", "Mine", "NotePlanner", "Planned", "Planner"]
