"""Motion: from a start frame to a closed loop."""
