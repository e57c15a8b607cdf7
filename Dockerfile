# The image:              docker build -t lunambda .
# for both platforms:     docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/lunambda --push .
# The layers' zips:       docker build --target layer --output build/layer .
# The tests:              docker build --target test .
# With rocks in the image, or as one more layer: --build-arg ROCKS="lpeg lua-zlib@1.2-2"
#
# What is built runs on the building machine's platform, whatever the image is for: arm64 is cross-compiled, never emulated.
FROM --platform=$BUILDPLATFORM debian:12 AS source
WORKDIR /lunambda
COPY . .

FROM source AS test
RUN ./dev test

FROM source AS build
RUN ./dev layer

# For one platform: what the image has beyond its base, and the zips.
FROM build AS files
ARG TARGETARCH
ARG ROCKS=""
RUN layer/image-files "$TARGETARCH" /files /zips $ROCKS

FROM scratch AS layer
COPY --from=files /zips/ /

FROM public.ecr.aws/lambda/provided:al2023 AS image
COPY --from=files /files/ /
