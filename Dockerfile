# A public instance on CPUs. It also serves as a Hugging Face Space: see "Hosting" in README.md.
FROM python:3.12-slim

# The index of PyTorch's CPU builds, which its "Get Started" page names: without it the image holds
# gigabytes of CUDA that nothing here uses.
ARG TORCH_INDEX=""

RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx \
    && rm -rf /var/lib/apt/lists/*

# A Space runs as user 1000 and writes in its home alone.
RUN useradd --create-home --uid 1000 umekomi
WORKDIR /home/umekomi/app

COPY requirements.txt ./
RUN if [ -n "$TORCH_INDEX" ]; then \
        pip install --no-cache-dir --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)"; \
    fi \
    && pip install --no-cache-dir -r requirements.txt

COPY .streamlit ./.streamlit
COPY assets ./assets
COPY core ./core
COPY pages ./pages
COPY app.py ./

RUN mkdir /home/umekomi/data && chown umekomi:umekomi /home/umekomi/data
USER umekomi
ENV UMEKOMI_PROFILE=public
ENV UMEKOMI_DATA_DIR=/home/umekomi/data
ENV STREAMLIT_SERVER_ADDRESS=0.0.0.0
ENV STREAMLIT_SERVER_PORT=7860

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-m", "core.serve", "check"]
CMD ["python", "-m", "core.serve"]
