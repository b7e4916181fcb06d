// One import for everything: the umbrella over the package's layers.

@_exported import OutcropBLAS
@_exported import OutcropExperiments
@_exported import OutcropGraph
@_exported import OutcropModels
@_exported import OutcropReport
@_exported import OutcropStatistics
@_exported import OutcropTensor
