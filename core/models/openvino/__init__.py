"""The transformer in OpenVINO, on CPUs: exported once, checked, and loaded from there."""
