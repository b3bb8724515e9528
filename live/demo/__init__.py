"""A session without hardware: a written phrase played into the engine by a keyboard of ours."""
