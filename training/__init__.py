"""Offline: corpus -> pieces -> models -> ONNX -> report."""
