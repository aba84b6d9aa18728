export function homeDirectory(): string;
