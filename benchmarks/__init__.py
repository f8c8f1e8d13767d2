"""Speed, as ratios against the least that the same work could cost on the same machine."""
