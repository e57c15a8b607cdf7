# The image:              docker build -t lunambda .
# for both platforms:     docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/lunambda --push .
# The layers' zips:       docker build --target layer --output build/layer .
# The tests:              docker build --target test .
# With rocks in the image, or as one more layer: --build-arg ROCKS="lpeg lua-zlib@1.2-2"
# With the commit in LIBRARIES.txt: --build-arg LUNAMBDA_COMMIT="$(git rev-parse HEAD)"
# With OpenResty's lua-cjson, from GitHub: --build-arg LUNAMBDA_CJSON=openresty
#
# What is built is built on amd64, whatever the image is for: from there Debian 12 has a cross compiler for arm64, and not the
# other way round.
FROM --platform=linux/amd64 debian:12 AS source
WORKDIR /lunambda
COPY . .

FROM source AS test
ARG LUNAMBDA_CJSON="debian"
RUN ./dev test

FROM source AS build
ARG LUNAMBDA_COMMIT=""
ARG LUNAMBDA_CJSON="debian"
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
