export const configure = () => undefined
