"""What the notebooks report as times, one module for each results file."""
