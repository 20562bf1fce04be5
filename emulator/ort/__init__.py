"""Real backends: ONNX Runtime's devices, models that run on them, and measuring what they take."""
