# The server of `python -m web`, with the versions of requirements.lock: docker build -t garments .
FROM python:3.11-slim AS build
WORKDIR /project
COPY requirements.lock .
RUN awk '/^uv==/,!/\\$/' requirements.lock > uv.lock && pip install --no-cache-dir --require-hashes -r uv.lock
COPY . .
RUN python -m venv /opt/garments \
    && uv pip install --no-cache --python /opt/garments/bin/python --constraints requirements.lock ".[web]"

FROM python:3.11-slim
COPY --from=build /opt/garments /opt/garments
RUN useradd --uid 10001 --no-create-home garments
USER 10001
ENV PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["/opt/garments/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready')"]
ENTRYPOINT ["/opt/garments/bin/python", "-m", "web"]
CMD ["--host", "0.0.0.0"]
