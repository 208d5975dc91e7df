// What every page of the desk starts.
export {};
