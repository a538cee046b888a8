// What `quorumcast/testing` exports, and what that leads to. Written by `npm run api`.

export {
};
