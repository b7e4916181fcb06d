# The command in a small image: docker build -t outcrop . && docker run --rm -v "$PWD:/data" -w /data outcrop study
#
# The steps are those of Scripts/release, which also checks the program in a minimal system.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make pkg-config python3 gfortran-12 \
  libopenblas-dev liblapacke-dev zlib1g-dev libgfortran-12-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /outcrop
COPY . .
RUN Scripts/release /release

FROM debian:bookworm-slim
COPY --from=build /release /release
RUN tar -C /usr/local --strip-components 1 -xzf /release/*.tar.gz && rm -r /release
ENTRYPOINT ["outcrop"]
CMD ["--help"]
