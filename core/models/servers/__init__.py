"""Models that a server gives through the OpenAI-compatible ``/v1/embeddings``.

llama.cpp's llama-server, Ollama, Text Embeddings Inference, vLLM and Infinity speak it.
"""
